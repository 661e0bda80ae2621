/** What a study planned beside what came, as a page of the service: no kernel, no Lab. */
import { CompletenessView } from '../study/completeness';
import { study } from './study';

study('completeness', host => new CompletenessView(host));
