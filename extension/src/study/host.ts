/** What the surfaces about a whole study stand in. */
import { Door, Words } from '../door';

export interface Host {
  readonly door: Door;
  readonly project: string;
  readonly trans: Words;
  /** Have these scans' volumes looked at. */
  open(ids: readonly string[]): void;
}
