import { archive } from './plugin-archive';
import { code } from './plugin-code';
import { dashboards } from './plugin-dashboards';
import { documents } from './plugin-documents';
import { insertion } from './plugin-insert';
import { indexing } from './plugin-indexing';
import { inspector } from './plugin-inspector';
import { launcher } from './plugin-launcher';
import { panel } from './plugin-panel';
import { restart } from './plugin-restart';
import { status } from './plugin-status';

/** One plugin a job. */
export default [archive, code, panel, insertion, status, launcher, restart, documents, inspector, indexing, dashboards];
