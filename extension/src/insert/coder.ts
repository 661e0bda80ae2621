import { INotebookTracker } from '@jupyterlab/notebook';
import { Code } from '../rest';
import { Service } from '../service';
import { Thing } from '../tokens';
import { Names, namesOf } from './names';

export type Asked = { q: string } | { ids: string[] };

/** Milliseconds that an answer is good for: names in a notebook change with every cell. */
const FRESH = 20_000;

/** Gets the code that stands for what is chosen or searched, in the names of the notebook in front. */
export class Coder {
  private readonly known = new Map<string, { code: string; at: number }>();

  constructor(
    private readonly service: Service,
    private readonly notebooks: INotebookTracker | null
  ) {}

  async code(project: string, asked: Asked): Promise<string> {
    const names = await namesOf(this.notebooks?.currentWidget ?? null);
    const code = whole(await this.service.code(project, asked, names.variables), names);
    this.known.set(key(project, asked), { code, at: performance.now() });
    return code;
  }

  /** Ask for it now, because it may have to be there at once. */
  foresee(project: string, asked: Asked): void {
    if (!this.fresh(project, asked)) {
      this.code(project, asked).catch(() => undefined); // who needs it is told then
    }
  }

  /** For a drag, which cannot wait: what was foreseen, else by ids, which is honest too. */
  now(things: readonly Thing[]): string {
    const asked = { ids: things.map(thing => thing.id) };
    const fresh = this.fresh(things[0]?.project ?? '', asked);
    return fresh ?? things.map(thing => `archive[${JSON.stringify(thing.level === 'project' ? thing.label : thing.id)}]`).join('\n');
  }

  private fresh(project: string, asked: Asked): string | undefined {
    const held = this.known.get(key(project, asked));
    return held && performance.now() - held.at < FRESH ? held.code : undefined;
  }
}

function key(project: string, asked: Asked): string {
  return JSON.stringify([project, asked]);
}

/** The code with what it needs before it, as far as the notebook does not have it. */
function whole({ code, opening, needs }: Code, names: Names): string {
  const missing = needs.filter(each => !names.imported.includes(each));
  const imports = missing.length ? `from labarchive import ${missing.join(', ')}` : '';
  return [imports, opening, code].filter(Boolean).join('\n\n');
}
