// A collector answers who has a key.

import { h } from "../dom.js";
import { keep } from "../key.js";

// 32 bytes in hex; spaces and line ends come along when it is copied.
const SHAPE = /^[0-9a-f]{64}$/;

/** Asks for a key and then goes on. `wasWrong`: the one that was given opens nothing. */
export const askForKey = (wasWrong, goOn) => {
  const input = h("input", { type: "password", id: "key", name: "key", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "key-about" });
  const wrong = h("p", { class: "note", id: "key-wrong", role: "alert" }, wasWrong ? "This key opens nothing: it is none, has expired or was revoked." : "");
  const submit = event => {
    event.preventDefault();
    const given = input.value.replace(/\s/g, "").toLowerCase();
    if (!SHAPE.test(given)) {
      wrong.textContent = "A key is 64 hex digits.";
      return input.focus();
    }
    keep(given);
    goOn();
  };
  return h("section", { class: "key", "aria-labelledby": "title" }, h("h1", { id: "title", tabindex: -1 }, "This collector asks for a key"),
    h("p", { class: "note", id: "key-about" }, "One with the scope ", h("code", null, "read"), ", as ", h("code", null, "telemetry collector key add --scope read"),
      " prints it. It stays in this tab's memory, and goes with it."),
    h("form", { onsubmit: submit }, h("label", null, h("span", null, "Key"), input), h("button", { type: "submit" }, "Open")), wrong);
};
