import { NotebookPanel } from '@jupyterlab/notebook';
import { KernelMessage } from '@jupyterlab/services';

/** What a notebook calls the archive (whose project is '') and its projects, and what it has of labarchive. */
export interface Names {
  variables: Record<string, string>;
  imported: string[];
}

const NONE: Names = { variables: {}, imported: [] };
const FILTERS = ['between', 'like', 'not_'];
const ASK =
  "('labarchive' in __import__('sys').modules or None) and __import__('labarchive.kernel').kernel.names_in(globals())";
/** Milliseconds: a kernel that computes is not waited for, then the notebook's text says it. */
const PATIENCE = 400;

/** The names as the kernel has them; while it is busy, or not there yet, as the cells give them. */
export async function namesOf(panel: NotebookPanel | null): Promise<Names> {
  if (!panel) {
    return NONE;
  }
  await panel.sessionContext.ready;
  return (await ofKernel(panel)) ?? ofText(sources(panel), panel.sessionContext.kernelPreference.name ?? '');
}

async function ofKernel(panel: NotebookPanel): Promise<Names | null> {
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel || kernel.status !== 'idle') {
    return null;
  }
  const asked = kernel.requestExecute({
    code: '', silent: true, store_history: false, allow_stdin: false, user_expressions: { names: ASK }
  });
  const late = new Promise<null>(done => window.setTimeout(() => done(null), PATIENCE));
  const reply = await Promise.race([asked.done, late]).catch(() => null);
  asked.dispose();
  return reply ? heard(reply) : null;
}

function heard(reply: KernelMessage.IExecuteReplyMsg): Names | null {
  const content = reply.content as { user_expressions?: Record<string, { status: string; data?: Record<string, string> }> };
  const said = content.user_expressions?.['names'];
  const text = said?.status === 'ok' ? (said.data?.['text/plain'] ?? '') : '';
  const found = /^'(.*)'$/s.exec(text);
  return found ? (JSON.parse((found[1] ?? '').replace(/\\(['\\])/g, '$1')) as Names) : NONE;
}

function sources(panel: NotebookPanel): string {
  const cells = panel.content.model?.cells;
  return cells ? Array.from(cells, cell => (cell.type === 'code' ? cell.sharedModel.getSource() : '')).join('\n') : '';
}

/** `archive = labarchive.open()`, `tau = archive["tau-pet"]`, as far as text tells. */
export function ofText(text: string, kernel: string): Names {
  const ours = kernel === 'labarchive';
  const archive = /^(\w+)\s*=\s*labarchive\.open\(/m.exec(text)?.[1] ?? (ours ? 'archive' : '');
  const variables: Record<string, string> = archive ? { [archive]: '' } : {};
  for (const [, name, from, project] of text.matchAll(/^(\w+)\s*=\s*(\w+)\[["']([^"']+)["']\]\s*$/gm)) {
    if (name && project && from === archive) {
      variables[name] = project;
    }
  }
  const imported = FILTERS.filter(each => ours || new RegExp(`^from labarchive import .*\\b${each}\\b`, 'm').test(text));
  return { variables, imported };
}
