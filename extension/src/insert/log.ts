import { ISignal, Signal } from '@lumino/signaling';
import { ICodeLog } from '../tokens';

const LONGEST = 200;

/** What was done with the panel since the page was opened. */
export class CodeLog implements ICodeLog {
  private _entries: { what: string; code: string }[] = [];
  private readonly _changed = new Signal<ICodeLog, void>(this);

  get entries(): ICodeLog['entries'] {
    return this._entries;
  }

  get changed(): ISignal<ICodeLog, void> {
    return this._changed;
  }

  record(what: string, code: string): void {
    const last = this._entries[this._entries.length - 1];
    if (last?.code === code && last.what === what) {
      return;
    }
    this._entries = [...this._entries, { what, code }].slice(-LONGEST);
    this._changed.emit();
  }
}
