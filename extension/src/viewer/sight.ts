/** What is looked at, in the world: several views that share one look at the same place. */
import { Point } from './volume';

export type Tool = 'cursor' | 'window' | 'zoom' | 'measure';

/** Images that are looked at side by side: more would be too small to be compared. */
export const MOST = 4;
/** Least and most enlargement. */
const ZOOM = [1, 24] as const;

export class Sight {
  /** RAS mm under the crosshair. */
  cursor: Point;
  /** How much larger than it fits. */
  zoom = 1;
  /** RAS mm in the middle of the views while they are enlarged. */
  middle: Point;
  private readonly views = new Set<(what: 'cursor' | 'zoom') => void>();

  constructor(cursor: Point) {
    this.cursor = this.middle = cursor;
  }

  /** Be told of every change; the answer ends that. */
  join(view: (what: 'cursor' | 'zoom') => void): () => void {
    this.views.add(view);
    return () => this.views.delete(view);
  }

  moveTo(cursor: Point): void {
    this.cursor = cursor;
    this.views.forEach(view => view('cursor'));
  }

  /** Enlarge by a factor about a place. */
  enlarge(factor: number, about: Point = this.cursor): void {
    const zoom = Math.max(ZOOM[0], Math.min(ZOOM[1], this.zoom * factor));
    const share = this.zoom / zoom; // the place stays where it is on the screen
    const moved = (n: 0 | 1 | 2): number => about[n] + (this.middle[n] - about[n]) * share;
    this.middle = [moved(0), moved(1), moved(2)];
    this.zoom = zoom;
    this.views.forEach(view => view('zoom'));
  }

  pan(by: Point): void {
    this.middle = [this.middle[0] + by[0], this.middle[1] + by[1], this.middle[2] + by[2]];
    this.views.forEach(view => view('zoom'));
  }

  /** All of it, as large as it fits. */
  fit(): void {
    this.zoom = 1;
    this.views.forEach(view => view('zoom'));
  }
}
