/** How scanners drift, as a page of the service: no kernel, no Lab. */
import { DriftView } from '../study/drift';
import { study } from './study';

study('drift', host => new DriftView(host));
