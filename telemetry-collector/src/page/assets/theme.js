// Light or dark: as the system says, until somebody says otherwise on this machine.

import { ofMachine } from "./memory.js";

const NAME = "telemetry-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => ofMachine.getItem(NAME);
const isDark = () => (chosen() ? chosen() === "dark" : system.matches);

/** Follows the system and a button. */
export const followTheme = button => {
  const show = () => {
    if (chosen()) document.documentElement.dataset.theme = chosen();
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `${button.textContent} colours`);
  };
  button.addEventListener("click", () => {
    ofMachine.setItem(NAME, isDark() ? "light" : "dark");
    show();
  });
  system.addEventListener("change", show);
  show();
};
