import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';
import type { Door } from './door';
import type { Live } from './live';
import type { Scan } from './rest';
import type { Service } from './service';

/** The archive: its REST app, and whether it answers. */
export interface IArchive {
  readonly door: Door;
  readonly service: Service;
  readonly live: Live;
}
export const IArchive = new Token<IArchive>('labarchive:IArchive', 'The archive behind this server.');

export type Level = 'project' | 'subject' | 'session' | 'scan';

/** Something that is chosen in the tree. */
export interface Thing {
  readonly project: string;
  readonly level: Level;
  readonly id: string;
  readonly label: string;
  /** Known of a scan whose session is open. */
  readonly scan?: Scan;
}

/** What is chosen in the panel: inspectors and viewers follow it. */
export interface IArchivePanel {
  readonly chosen: readonly Thing[];
  readonly chosenChanged: ISignal<IArchivePanel, readonly Thing[]>;
  /** The query in the search field, and the project that it is asked of. */
  readonly query: { readonly project: string; readonly q: string };
  search(q: string, project?: string): void;
  /** Put the keyboard into the search field or the tree. */
  focus(where: 'search' | 'tree'): void;
}
export const IArchivePanel = new Token<IArchivePanel>('labarchive:IArchivePanel', 'The archive panel.');

/** What the panel did, as cells that say it. */
export interface ICodeLog {
  readonly entries: readonly { readonly what: string; readonly code: string }[];
  readonly changed: ISignal<ICodeLog, void>;
  record(what: string, code: string): void;
}
export const ICodeLog = new Token<ICodeLog>('labarchive:ICodeLog', 'The code of what was done.');
