/** The archive below the person's own server, which knows who they are; as Lab itself asks. */
import { config } from '../config';
import { answered, Door } from '../door';

export function serverDoor(): Door {
  const told = config();
  const base = new URL(told.baseUrl ?? '/', location.href).href.replace(/\/?$/, '/');
  return async (path, request = {}) => {
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    const headers = {
      ...(request.headers as Record<string, string>),
      ...(told.token && { Authorization: `token ${told.token}` }),
      ...(xsrf && { 'X-XSRFToken': decodeURIComponent(xsrf) })
    };
    return answered(fetch(`${base}labarchive/api/${path}`, { cache: 'no-cache', ...request, headers }), request.signal);
  };
}
