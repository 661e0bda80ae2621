/** The service's words for what it answers with, out of its OpenAPI document; rows are described here as far as they are read. */

import { components } from './openapi';

type Schemas = components['schemas'];

export type Hello = Schemas['Hello'];
/** An index run under way, and how far it is. */
export type Work = Schemas['Work'];
export type IndexState = Schemas['IndexState'];
export type Project = Schemas['Project'];
export type Facets = Schemas['Facets'];
/** A term of a search that is none: where it stands and what would be right. */
export type Wrong = Schemas['Wrong'];
export type Suggestions = Schemas['Suggestions'];
export type Page = Schemas['Page'];
/** The Python for something, what must have run before, and what it imports from labarchive. */
export type Code = Schemas['Code'];
export type SavedSelection = Schemas['Saved'];
export type Change = Schemas['Event'];
/** A form as it is filled in now, and one question of it. */
export type Form = Schemas['Form'];
export type FormItem = Schemas['FormItem'];
export type FormName = Schemas['FormName'];
/** A form that somebody filled in; all of these of one thing, with what one began. */
export type Entry = Schemas['Entry'];
export type Filled = Schemas['Filled'];
export type Queue = Schemas['Queue'];
export type Claimed = Schemas['Claimed'];
/** One measure of many scans, one entry a scan in every column. */
export type Course = Record<string, (string | number | boolean | null)[]>;
export type Measure = Schemas['Measure'];
export type MeasuredKind = Schemas['MeasuredKind'];
/** What a study plans, one of its limits and who keeps it, and how its raters agree. */
export type Protocol = Schemas['Protocol'];
export type Limit = Schemas['Limit'];
export type Agreement = Schemas['Agreement'];
export type Dispute = Schemas['Dispute'];
export type RaterPair = Schemas['RaterPair'];
/** Scans beside each other, as columns. */
export type Lightbox = Schemas['Lightbox'];

export const QUALITIES = ['usable', 'questionable', 'unusable', 'unreviewed'] as const;
export type Quality = (typeof QUALITIES)[number];

/** The tree: one entry a session in every array, sorted by subject and time. */
export interface Columns {
  subject: string[];
  subject_id: string[];
  session: string[];
  session_id: string[];
  acquired: (string | null)[];
  n_scans: number[];
  usable: number[];
  questionable: number[];
  unusable: number[];
  unreviewed: number[];
  /** Of the session and what lies in it. */
  conflicts: number[];
  /** Of its subject and all that lies in it, each once. */
  subject_conflicts: number[];
}

/** A row of any view. */
export type Row = Record<string, unknown>;

/** A row of scans. */
export interface Scan {
  scan: string;
  scan_id: string;
  session_id: string;
  number: number | null;
  kind: string | null;
  description: string | null;
  modality: string | null;
  format: string | null;
  quality: Quality;
  n_files: number;
  frames: number | null;
  [column: string]: unknown;
}
