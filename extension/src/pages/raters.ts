/** How those who rate agree, as a page of the service: no kernel, no Lab. */
import { RatersView } from '../study/raters';
import { study } from './study';

study('raters', host => new RatersView(host));
