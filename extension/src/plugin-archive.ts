import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { answered, Door } from './door';
import { Live } from './live';
import { Service } from './service';
import { IArchive } from './tokens';

/** The archive behind this server, and whether it answers. */
export const archive: JupyterFrontEndPlugin<IArchive> = {
  id: 'labarchive:archive',
  description: 'The archive behind this server.',
  autoStart: true,
  provides: IArchive,
  activate: (app: JupyterFrontEnd): IArchive => {
    const door = serverDoor(app.serviceManager.serverSettings);
    const service = new Service(door);
    const live = new Live(service);
    void app.restored.then(() => live.start());
    return { door, service, live };
  }
};

/** The archive below this server's own address, asked as Lab asks its server. */
function serverDoor(settings: ServerConnection.ISettings): Door {
  return (path, request = {}) => {
    const [place = '', query] = path.split('?');
    const address = URLExt.join(settings.baseUrl, 'labarchive/api', place) + (query === undefined ? '' : `?${query}`);
    return answered(ServerConnection.makeRequest(address, request, settings), request.signal);
  };
}
