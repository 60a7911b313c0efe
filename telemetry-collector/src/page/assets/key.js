// The key of a collector: in this tab's memory alone, and gone with it.

const NAME = "telemetry-key";

export const key = () => sessionStorage.getItem(NAME);
export const keep = value => sessionStorage.setItem(NAME, value);
export const forget = () => sessionStorage.removeItem(NAME);
