/** What of NiiVue the viewer uses, as one script. */
import { NVImage, Niivue } from '@niivue/niivue';

Object.assign(globalThis, { labarchiveEngine: { NVImage, Niivue } });
