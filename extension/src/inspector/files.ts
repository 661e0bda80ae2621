/** The files of a scan: where they lie for who may know it, what each is, and which are there twice. */
import { TranslationBundle } from '@jupyterlab/translation';
import { fill, h } from '../dom';
import { bytes, parted } from '../format';
import { Row } from '../rest';

export class FilesView {
  readonly node = h('div', {});

  constructor(private readonly trans: TranslationBundle) {}

  show(files: readonly Row[], total: number, duplicates: readonly Row[]): void {
    const { trans } = this;
    const lines = files.map((file, n) => this.line(file, n));
    const more = total - files.length;
    fill(
      this.node,
      duplicates.length > 0 && this.twice(duplicates),
      h('ol', { class: 'la-files' }, ...lines),
      more > 0 && h('p', { class: 'la-two' }, parted(trans._n('%1 more file', '%1 more files', more)))
    );
  }

  private line(file: Row, n: number): HTMLElement {
    const status = String(file['status'] ?? '');
    const reason = [status === 'ok' ? '' : status, file['reason']].filter(Boolean).join(': ');
    return h(
      'li',
      { title: String(file['path'] ?? '') },
      h('span', { class: 'la-name' }, fileName(file, n, this.trans)),
      h('span', { class: 'la-meta' }, bytes(Number(file['bytes'] ?? 0))),
      reason !== '' && h('span', { class: 'la-file-why' }, reason)
    );
  }

  private twice(rows: readonly Row[]): HTMLElement {
    const { trans } = this;
    const words = trans._n('%1 file of it lies in more than one place.', '%1 files of it lie in more than one place.', rows.length);
    const places = new Set(rows.flatMap(row => (row['paths'] as string[] | undefined) ?? []).map(folder));
    return h('div', { class: 'la-note', role: 'note' }, h('span', {}, words, ...[...places].slice(0, 4).map(each => h('code', {}, each))));
  }
}

/** The last part of a path; the number of the instance for who may not know where files lie. */
export function fileName(file: Row, n: number, trans: TranslationBundle): string {
  const path = String(file['path'] ?? '');
  return path.slice(path.lastIndexOf('/') + 1) || trans.__('instance %1', Number(file['instance'] ?? n + 1));
}

function folder(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
