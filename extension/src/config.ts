/** What a page of a Jupyter server says of itself, in Lab and in Voila. */
interface Config {
  readonly baseUrl?: string;
  readonly token?: string;
  /** Where the files of prebuilt extensions are. */
  readonly fullLabextensionsUrl?: string;
}

export function config(): Config {
  return JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}') as Config;
}

/** The address of a file that a prebuilt extension brings. */
export function extensionFile(extension: string, name: string): string {
  const { fullLabextensionsUrl = '/lab/extensions' } = config();
  return new URL(`${fullLabextensionsUrl.replace(/\/?$/, '/')}${extension}/static/${name}`, location.href).href;
}
