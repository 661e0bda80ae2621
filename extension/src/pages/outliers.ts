/** Which scans depart from the others, as a page of the service: no kernel, no Lab. */
import { OutliersView } from '../outliers/view';
import { study } from './study';

study('outliers', host => new OutliersView(host));
