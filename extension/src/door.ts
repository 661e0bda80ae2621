/** How a surface reaches the archive's REST app, wherever it stands: in Lab, in a cell, on a page of the service. */

/** Asks for a path below `/api`. Raises a Problem. */
export type Door = (path: string, request?: RequestInit) => Promise<Response>;

/** Says things in the language of the host: Lab's translations fit, and so does `plain`. */
export interface Words {
  __(text: string, ...words: unknown[]): string;
}

/** What the service says when it cannot do what was asked: what and where in `message`, what next in `hint`. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly hint: string,
    readonly status: number
  ) {
    super(message);
  }

  /** Nobody answered: what was shown stays, and is asked for again. */
  get offline(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** What went wrong and what next. */
export function sentence(error: unknown, trans: Words): string {
  const words = error instanceof Problem ? [error.message, error.hint].filter(Boolean).join(': ') : '';
  return words || trans.__('The archive doesn’t answer');
}

async function problem(answer: Response): Promise<Problem> {
  try {
    const said = (await answer.json()) as { title?: string; detail?: string; hint?: string };
    return new Problem(said.detail || said.title || answer.statusText, said.hint ?? '', answer.status);
  } catch {
    return new Problem(answer.statusText, '', answer.status);
  }
}

/** The answer to a request. Raises a Problem for what is none, and for nobody who answers. */
export async function answered(asked: Promise<Response>, signal?: AbortSignal | null): Promise<Response> {
  let answer: Response;
  try {
    answer = await asked;
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new Problem('', '', 0);
  }
  const type = answer.headers.get('Content-Type') ?? '';
  if (type.startsWith('text/html')) {
    throw new Problem('', '', 0); // a hub or a proxy, in the place of a server that is not there
  }
  if (answer.status === 403 && !type.startsWith('application/problem')) {
    throw new Problem('You are not signed in any more', 'sign in again', 401); // the person's server, which began anew
  }
  if (!answer.ok) {
    throw await problem(answer);
  }
  return answer;
}

/** The journal's numbers of a receipt. */
export async function numbers(answer: Response): Promise<number[]> {
  const { first, last } = (await answer.json()) as { first: number; last: number };
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

export function seg(text: string): string {
  return encodeURIComponent(text);
}

/** The door of a page of the service: the browser's own cookie, and the proof that the page was given. */
export function pageDoor(api: string, proof: string): Door {
  return async (path, request = {}) => {
    const headers = { ...(request.headers as Record<string, string>), Authorization: `Page ${proof}` };
    return answered(fetch(`${api}/${path}`, { cache: 'no-cache', ...request, headers }), request.signal);
  };
}

/** English, as it stands. */
export const plain: Words = {
  __: (text, ...words) => text.replace(/%(\d)/g, (_, n: string) => String(words[Number(n) - 1] ?? ''))
};
