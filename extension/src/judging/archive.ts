/** What the surfaces that judge ask of the archive, beyond its nouns. */
import { Door, numbers, seg } from '../door';
import { Answers } from '../forms/answers';
import { Claimed, Form, Lightbox, Queue } from '../rest';
import { Service } from '../service';

const JSON_HEADERS = { 'Content-Type': 'application/json' };

export class JudgingArchive {
  readonly service: Service;

  constructor(
    private readonly door: Door,
    readonly project: string
  ) {
    this.service = new Service(door);
  }

  async form(): Promise<Form> {
    return (await (await this.door('forms/rating')).json()) as Form;
  }

  /** Scans that fit; with `again` those too that only others have rated. */
  async queue(q: string, again: boolean): Promise<Queue> {
    const words = new URLSearchParams({ ...(q && { q }), ...(again && { again: 'true' }) });
    return (await (await this.door(`${this.root}/queue?${words.toString()}`)).json()) as Queue;
  }

  /** Every scan that fits. */
  async lightbox(q: string, signal: AbortSignal): Promise<Lightbox> {
    return (await (await this.door(`${this.root}/lightbox?${new URLSearchParams({ ...(q && { q }) }).toString()}`, { signal })).json()) as Lightbox;
  }

  /** Keep these scans; `release` lets go of all others. With `keepalive` it is sent although the page goes. */
  async claim(scans: readonly string[], release: boolean, keepalive = false): Promise<Claimed> {
    return (await (await this.post('queue/claims', { scans, release }, { keepalive })).json()) as Claimed;
  }

  /** The numbers under which it stands in the journal; sent again under the same key it is said once. */
  async rate(scans: readonly string[], payload: Answers, key: string): Promise<number[]> {
    const sayings = scans.map(about => ({ verb: 'rating', about, payload }));
    return numbers(await this.post('sayings', { sayings }, { headers: { 'Idempotency-Key': key } }));
  }

  /** Take back what stands under these numbers; the numbers of that, which can be taken back in turn. */
  async undo(seq: readonly number[], key: string): Promise<number[]> {
    return numbers(await this.post('undo', { seq }, { headers: { 'Idempotency-Key': key } }));
  }

  async saveDraft(scan: string, answers: Answers, keepalive = false): Promise<void> {
    const body = JSON.stringify({ answers });
    await this.door(`${this.root}/scans/${seg(scan)}/draft`, { method: 'PUT', headers: JSON_HEADERS, body, keepalive });
  }

  private get root(): string {
    return `projects/${seg(this.project)}`;
  }

  private post(path: string, words: unknown, request: RequestInit = {}): Promise<Response> {
    const headers = { ...JSON_HEADERS, ...(request.headers as Record<string, string>) };
    return this.door(`${this.root}/${path}`, { method: 'POST', body: JSON.stringify(words), ...request, headers });
  }
}
