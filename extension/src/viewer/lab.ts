/** What the viewer shows, as one of Lab's own widgets. */
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { Words } from '../door';
import { BesideView } from './beside';
import { ImageView, Shown } from './view';

export class ImageViewer extends Widget {
  private readonly view: ImageView | BesideView;

  /** One image with its header, or several side by side. */
  constructor(shown: readonly Shown[], trans: Words) {
    const [only] = shown;
    const view = only && shown.length === 1 ? new ImageView(only, trans, { header: true, letters: true }) : new BesideView(shown, trans);
    super({ node: view.node });
    this.view = view;
  }

  override dispose(): void {
    this.view.dispose();
    super.dispose();
  }

  protected override onActivateRequest(_: Message): void {
    this.view.focus();
  }
}
