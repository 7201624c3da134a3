// Hands what the provider answered to the page that asked, which is of this origin. The answer comes in the fragment:
// no server and no log sees the code. A provider that isolates its pages cuts the tie to the window that
// opened this one, so a channel is used.
"use strict";
const answer = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
history.replaceState(null, "", location.pathname);
new BroadcastChannel("signed-in").postMessage(answer);
window.close();
