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
