/** NiiVue, the renderer of volumes in space: three megabytes, fetched when somebody first asks for it. */
import type { NVImage, Niivue } from '@niivue/niivue';
import { extensionFile } from '../config';

export interface Engine {
  readonly Niivue: typeof Niivue;
  readonly NVImage: typeof NVImage;
}

/** Named by its version, which package.json pins: browsers keep it. */
export const FILE = 'niivue-0.69.0.js';

let address = '';
let engine: Promise<Engine> | null = null;

/** Where a page of the service has it. Lab and Voila say so themselves, as one of their extensions' files. */
export function engineAt(url: string): void {
  address = url;
}

/** Raises a TypeError where it cannot be fetched; asked for again, it is tried again. */
export function rendererOf(): Promise<Engine> {
  engine ??= fetched(address || extensionFile('labarchive', FILE)).catch((error: unknown) => {
    engine = null;
    throw error;
  });
  return engine;
}

/** As a script of the page, which its policy knows by the nonce that its own script has. */
function fetched(url: string): Promise<Engine> {
  const script = document.createElement('script');
  script.nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
  script.type = 'module';
  script.src = url;
  return new Promise((done, failed) => {
    script.addEventListener('load', () => done((globalThis as unknown as { labarchiveEngine: Engine }).labarchiveEngine));
    script.addEventListener('error', () => failed(new TypeError('the renderer cannot be fetched')));
    document.head.append(script);
  });
}
