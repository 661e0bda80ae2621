import { LabIcon } from '@jupyterlab/ui-components';

/** A stroked 16 px icon that follows the host's theme. */
function stroked(name: string, path: string): LabIcon {
  const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16" fill="none"><path class="jp-icon3" stroke="#616161" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" d="${path}"/></svg>`;
  return new LabIcon({ name: `labarchive:${name}`, svgstr });
}

export const archiveIcon = stroked(
  'archive',
  'M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.200 2-5 2-5-.9-5-2zM3 4v8c0 1.100 2.200 2 5 2s5-.9 5-2V4M3 8c0 1.100 2.200 2 5 2s5-.9 5-2'
);

export const infoIcon = stroked('info', 'M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM8 7.300v4M8 4.800v.1');
