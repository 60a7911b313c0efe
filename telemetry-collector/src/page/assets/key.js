// The key of a collector: in this tab's memory alone, and gone with it.

import { ofTab } from "./memory.js";

const NAME = "telemetry-key";

export const key = () => ofTab.getItem(NAME);
export const keep = value => ofTab.setItem(NAME, value);
export const forget = () => ofTab.removeItem(NAME);
