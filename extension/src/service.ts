import { Door, numbers, seg } from './door';
import type { Level } from './tokens';
import { Agreement, Change, Code, Columns, Course, Facets, Filled, Form, FormName, Hello, IndexState, Limit, Measure, MeasuredKind, Page, Project, Protocol, Row, SavedSelection, Scan, Suggestions } from './rest';

/** Sessions that are asked for at once: an address may not be endless. */
const SESSIONS = 100;

/** One thing that is said: of which id, with which verb and words. */
export interface Said {
  readonly verb: string;
  readonly about: string;
  readonly payload: Row;
}

type Words = Record<string, string | number | undefined>;

/** The archive's REST app behind a door, in its own nouns. */
export class Service {
  private names: Promise<Record<string, string>> | null = null;

  constructor(private readonly door: Door) {}

  hello(): Promise<Hello> {
    return this.json('hello');
  }

  /** Whether this server must be started again before it opens all that its person may open. */
  async mustRestart(): Promise<boolean> {
    return (await this.json<{ restart: boolean }>('../server')).restart;
  }

  /** Have the hub end this server; whoever comes to it starts it again. */
  async endServer(): Promise<void> {
    await this.send('DELETE', '../server');
  }

  async projects(): Promise<Project[]> {
    return (await this.json<{ items: Project[] }>('projects')).items;
  }

  async tree(project: string, q: string, signal: AbortSignal): Promise<Columns> {
    const answer = await this.json<{ columns: Columns }>(`projects/${seg(project)}/tree`, { q: q || undefined }, signal);
    return answer.columns;
  }

  facets(project: string, q: string, signal: AbortSignal): Promise<Facets> {
    return this.json(`projects/${seg(project)}/facets`, { q: q || undefined }, signal);
  }

  suggest(project: string, q: string, at: number, signal: AbortSignal): Promise<Suggestions> {
    return this.json(`projects/${seg(project)}/suggest`, { q, at }, signal);
  }

  /** The scans of these sessions that `q` leaves, all of them. */
  async scans(project: string, sessions: readonly string[], q: string, signal: AbortSignal): Promise<Scan[]> {
    const found: Scan[] = [];
    for (let first = 0; first < sessions.length; first += SESSIONS) {
      const session_id = sessions.slice(first, first + SESSIONS).join(',');
      let cursor: string | undefined;
      do {
        const words = { session_id, q: q || undefined, limit: 1000, sort: 'number', cursor };
        const page = await this.json<Page>(`projects/${seg(project)}/scans`, words, signal);
        found.push(...(page.items as unknown as Scan[]));
        cursor = page.next ?? undefined;
      } while (cursor);
    }
    return found;
  }

  /** What else there is of the scan's subject: its own visit first, then others as they came. */
  async beside(project: string, scan: Row, signal: AbortSignal): Promise<Scan[]> {
    const of = scan['subject_id'] ? { subject_id: String(scan['subject_id']) } : { session_id: String(scan['session_id']) };
    const page = await this.json<Page>(`projects/${seg(project)}/scans`, { ...of, limit: 1000, sort: 'acquired' }, signal);
    const others = (page.items as unknown as Scan[]).filter(each => each.scan_id !== scan['scan_id']);
    const same = (each: Scan): boolean => each.session_id === scan['session_id'];
    return [...others.filter(same), ...others.filter(each => !same(each))];
  }

  /** The smallest honest Python for a query, or for the things with these ids. `variables`: name to project. */
  code(project: string, asked: { q: string } | { ids: string[] }, variables: Record<string, string>): Promise<Code> {
    const words = 'ids' in asked ? { ids: asked.ids.join(',') } : { q: asked.q };
    return this.json(`projects/${seg(project)}/code`, { ...words, variables: JSON.stringify(variables) });
  }

  async selections(project: string): Promise<SavedSelection[]> {
    return (await this.json<{ items: SavedSelection[] }>(`projects/${seg(project)}/selections`)).items;
  }

  async saveSelection(project: string, selection: { name: string; q: string }): Promise<void> {
    await this.send('PUT', `projects/${seg(project)}/selections/${seg(selection.name)}`, { q: selection.q });
  }

  async dropSelection(project: string, name: string): Promise<void> {
    await this.send('DELETE', `projects/${seg(project)}/selections/${seg(name)}`);
  }

  /** What the catalogue holds of one thing. */
  one(project: string, level: Level, id: string, signal: AbortSignal): Promise<Row> {
    return this.json(level === 'project' ? `projects/${seg(project)}` : place(project, level, id), {}, signal);
  }

  /** What was said of it, newest first. */
  async history(project: string, level: Level, id: string, signal: AbortSignal): Promise<Change[]> {
    return (await this.json<{ items: Change[] }>(`${place(project, level, id)}/history`, {}, signal)).items;
  }

  /** What was measured of a scan, what departs farthest first. */
  async measures(project: string, scan: string, signal: AbortSignal): Promise<Measure[]> {
    return (await this.json<{ items: Measure[] }>(`projects/${seg(project)}/scans/${seg(scan)}/metrics`, {}, signal)).items;
  }

  /** Which measures there are of which kinds, and how many scans depart. */
  async measuredKinds(project: string, signal: AbortSignal): Promise<MeasuredKind[]> {
    return (await this.json<{ items: MeasuredKind[] }>(`projects/${seg(project)}/measures`, {}, signal)).items;
  }

  /** One measure of all scans of a kind, as they were acquired. */
  async course(project: string, { metric, kind, tool }: MeasuredKind, signal: AbortSignal): Promise<Course> {
    const answer = await this.json<{ columns: Course }>(`projects/${seg(project)}/measures/${seg(metric)}`, { kind, tool }, signal);
    return answer.columns;
  }

  /** The forms that can be filled in. */
  async forms(signal: AbortSignal): Promise<FormName[]> {
    return (await this.json<{ items: FormName[] }>('forms', {}, signal)).items;
  }

  form(name: string, signal: AbortSignal): Promise<Form> {
    return this.json(`forms/${seg(name)}`, {}, signal);
  }

  /** Of what a form is filled in, and by whom it was. */
  async formThings(project: string, form: string, signal: AbortSignal): Promise<Course> {
    return (await this.json<{ columns: Course }>(`projects/${seg(project)}/forms/${seg(form)}`, {}, signal)).columns;
  }

  /** What was said of a thing with a form, and what one began to say. */
  filled(project: string, form: string, about: string, signal: AbortSignal): Promise<Filled> {
    return this.json(`projects/${seg(project)}/forms/${seg(form)}/${seg(about)}`, {}, signal);
  }

  async keepEntryDraft(project: string, form: string, about: string, draft: unknown): Promise<void> {
    await this.send('PUT', `projects/${seg(project)}/forms/${seg(form)}/${seg(about)}/draft`, draft);
  }

  /** What the study plans; an empty text where it plans nothing. */
  protocol(project: string, signal: AbortSignal): Promise<Protocol> {
    return this.json(`projects/${seg(project)}/protocol`, {}, signal);
  }

  /** A first protocol of what is there. */
  async protocolDraft(project: string, signal: AbortSignal): Promise<string> {
    return (await this.json<{ text: string }>(`projects/${seg(project)}/protocol/draft`, {}, signal)).text;
  }

  /** What each visit of each subject should have, and what became of it. */
  async visits(project: string, signal: AbortSignal): Promise<Course> {
    return (await this.json<{ columns: Course }>(`projects/${seg(project)}/visits`, {}, signal)).columns;
  }

  /** Each limit of the protocol, and how many scans keep it. */
  async compliance(project: string, kind: string, signal: AbortSignal): Promise<Limit[]> {
    return (await this.json<{ items: Limit[] }>(`projects/${seg(project)}/compliance`, { kind }, signal)).items;
  }

  /** How far raters agree about the scans that fit. */
  agreement(project: string, q: string, signal: AbortSignal): Promise<Agreement> {
    return this.json(`projects/${seg(project)}/agreement`, { ...(q && { q }) }, signal);
  }

  async about(what: 'conflicts' | 'duplicates', project: string, level: Level, id: string, signal: AbortSignal): Promise<Row[]> {
    return (await this.json<{ items: Row[] }>(`${place(project, level, id)}/${what}`, {}, signal)).items;
  }

  /** The first thousand files of a scan, and how many there are. */
  async files(project: string, scan_id: string, signal: AbortSignal): Promise<{ items: Row[]; total: number }> {
    const page = await this.json<Page>(`projects/${seg(project)}/files`, { scan_id, limit: 1000 }, signal);
    return { items: page.items as Row[], total: page.total ?? page.items.length };
  }

  /** Say something of each of these things; the numbers under which it stands. */
  async say(project: string, sayings: readonly Said[]): Promise<number[]> {
    return numbers(await this.send('POST', `projects/${seg(project)}/sayings`, { sayings }));
  }

  /** Take back what stands under these numbers; the numbers of that, which can be taken back in turn. */
  async undo(project: string, seq: readonly number[]): Promise<number[]> {
    return numbers(await this.send('POST', `projects/${seg(project)}/undo`, { seq }));
  }

  /** Begin to look again at the folders of a project; what tells this run from others. */
  async index(project: string): Promise<string> {
    const answer = await this.send('POST', `projects/${seg(project)}/index`, {});
    return ((await answer.json()) as { key: string }).key;
  }

  /** How far the project's index is, and how the last one ended. */
  indexState(project: string): Promise<IndexState> {
    return this.json<IndexState>(`projects/${seg(project)}/index`);
  }

  /** What DICOM calls its tags: eight hexadecimal digits -> name. */
  tagNames(): Promise<Record<string, string>> {
    this.names ??= this.json<Record<string, string>>('dictionary').catch((error: unknown) => {
      this.names = null; // asked for again when it is needed again
      throw error;
    });
    return this.names;
  }

  /** Bytes of a file below this server's root: all, or a range; its DICOM header as JSON. */
  document(what: 'voxels' | 'header', path: string, range: string | null, signal: AbortSignal): Promise<Response> {
    return this.ask(`../document/${what}`, { path }, { headers: range ? { Range: range } : {}, signal, cache: 'no-store' });
  }

  /** A scan as gzipped NIfTI, made as it is asked for. */
  volume(project: string, scan: string, signal: AbortSignal): Promise<Response> {
    return this.ask(`projects/${seg(project)}/scans/${seg(scan)}/volume.nii.gz`, {}, { signal, cache: 'no-store' });
  }

  /** A picture of a scan: one slice, 160 pixels wide, or its mosaic. */
  async picture(name: 'thumbnail.webp' | 'mosaic.webp', project: string, scan: string, signal: AbortSignal): Promise<Blob> {
    const answer = await this.ask(`projects/${seg(project)}/scans/${seg(scan)}/${name}`, {}, { signal, cache: 'no-store' });
    return answer.blob();
  }

  /** The DICOM header of a scan, as far as one may see it. */
  header(project: string, scan: string, signal: AbortSignal): Promise<unknown> {
    return this.json(`projects/${seg(project)}/scans/${seg(scan)}/header`, {}, signal);
  }

  /** What happens in the archive, as it happens, from after the change `since`; ends when the line does. */
  async *changes(since: number, signal: AbortSignal): AsyncGenerator<Change> {
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': String(since) };
    const answer = await this.ask('changes', { since }, { headers, signal });
    if (!answer.body) {
      return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const events = (text + piece.value).split(/\r?\n\r?\n/);
      text = events.pop() ?? '';
      for (const event of events) {
        const data = event.split(/\r?\n/).filter(line => line.startsWith('data:')).map(line => line.slice(5)).join('\n');
        if (data.trim()) {
          yield JSON.parse(data) as Change;
        }
      }
    }
  }

  private async json<T>(path: string, words: Words = {}, signal?: AbortSignal): Promise<T> {
    const answer = await this.ask(path, words, { headers: { Accept: 'application/json' }, ...(signal && { signal }) });
    return (await answer.json()) as T;
  }

  private async send(method: string, path: string, body?: unknown): Promise<Response> {
    const words = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() };
    return this.ask(path, {}, { method, headers, ...words });
  }

  /** Raises a Problem. `no-cache` lets the browser ask whether what it holds is still true. */
  private async ask(path: string, words: Words, request: RequestInit): Promise<Response> {
    const known = Object.entries(words).filter(([, value]) => value !== undefined).map(([k, v]) => [k, String(v)]);
    const query = known.length ? `?${new URLSearchParams(known).toString()}` : '';
    return this.door(path + query, { cache: 'no-cache', ...request });
  }
}

function place(project: string, level: Level, id: string): string {
  return `projects/${seg(project)}/${level}s/${seg(id)}`;
}
