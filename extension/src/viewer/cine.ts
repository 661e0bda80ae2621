/** Lets something step on, so many times a second. */
export class Cine {
  private running = 0;
  /** Steps a second. */
  rate = 8;

  constructor(
    private readonly step: () => void,
    private readonly changed: (runs: boolean) => void
  ) {}

  get runs(): boolean {
    return this.running > 0;
  }

  toggle(): void {
    this.runs ? this.stop() : this.start();
  }

  start(): void {
    this.stop();
    let last = performance.now();
    const tick = (now: number): void => {
      if (now - last >= 1000 / this.rate) {
        last = Math.max(last + 1000 / this.rate, now - 1000 / this.rate);
        this.step();
      }
      this.running = requestAnimationFrame(tick);
    };
    this.running = requestAnimationFrame(tick);
    this.changed(true);
  }

  stop(): void {
    if (this.running) {
      cancelAnimationFrame(this.running);
      this.running = 0;
      this.changed(false);
    }
  }
}
