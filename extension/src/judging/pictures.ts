/** Pictures that are fetched and decoded before they are looked at, and let go when they are far behind. */

interface Held {
  readonly asking: AbortController;
  picture: HTMLImageElement | null;
  failed: unknown;
}

export class Pictures {
  private readonly held = new Map<string, Held>();
  private wanted: readonly string[] = [];
  private underWay = 0;

  /**
   * `arrived` is told of each picture as it comes, or cannot come. `atOnce`: under way at a time beside the first one; a
   * browser has six connections to a host, and what is said must not wait for pictures.
   */
  constructor(
    private readonly ask: (id: string, signal: AbortSignal) => Promise<Blob>,
    private readonly atOnce: number,
    private readonly arrived: (id: string) => void
  ) {}

  /** Have these, the first one first; what is not among them is let go. */
  want(ids: readonly string[]): void {
    this.wanted = ids;
    for (const [id, held] of this.held) {
      if (!ids.includes(id)) {
        this.drop(id, held);
      }
    }
    this.begin();
  }

  /** The picture, if it is there. */
  of(id: string): HTMLImageElement | null {
    return this.held.get(id)?.picture ?? null;
  }

  /** Why it did not come; null while nobody knows. */
  failed(id: string): unknown {
    return this.held.get(id)?.failed ?? null;
  }

  /** Ask for it once more. */
  again(id: string): void {
    const held = this.held.get(id);
    if (held) {
      this.drop(id, held);
    }
    this.begin();
  }

  dispose(): void {
    this.wanted = [];
    this.held.forEach((held, id) => this.drop(id, held));
  }

  private begin(): void {
    for (const [place, id] of this.wanted.entries()) {
      if (this.held.has(id)) {
        continue;
      }
      if (place > 0 && this.underWay >= this.atOnce) {
        return;
      }
      this.fetch(id);
    }
  }

  private fetch(id: string): void {
    const asking = new AbortController();
    const held: Held = { asking, picture: null, failed: null };
    this.held.set(id, held);
    this.underWay++;
    this.decoded(id, asking.signal)
      .then(picture => {
        held.picture = picture;
        if (asking.signal.aborted) {
          URL.revokeObjectURL(picture.src);
        }
      })
      .catch((error: unknown) => {
        held.failed = error;
      })
      .finally(() => {
        this.underWay--;
        if (!asking.signal.aborted) {
          this.arrived(id);
        }
        this.begin();
      });
  }

  private async decoded(id: string, signal: AbortSignal): Promise<HTMLImageElement> {
    const blob = await this.ask(id, signal);
    const picture = new Image();
    picture.src = URL.createObjectURL(blob);
    try {
      await picture.decode();
    } catch (error) {
      URL.revokeObjectURL(picture.src);
      throw error;
    }
    return picture;
  }

  private drop(id: string, held: Held): void {
    held.asking.abort();
    if (held.picture) {
      URL.revokeObjectURL(held.picture.src);
    }
    this.held.delete(id);
  }
}
