/** What the surfaces about a whole study stand in. */
import { Door, Words } from '../door';

export interface Host {
  readonly door: Door;
  readonly project: string;
  readonly trans: Words;
  /** Have these scans' volumes looked at. */
  open(ids: readonly string[]): void;
  /** Have a form filled in about a thing, where this host has a place for it. */
  fillIn?(form: string, about: string): void;
}
