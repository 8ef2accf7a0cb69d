// Shows only what this environment offers.
for (const element of document.querySelectorAll('[data-feature="live-chat"]')) {
  element.hidden = !window.settings.liveChat;
}
for (const banner of document.querySelectorAll(".banner")) {
  banner.hidden = banner.textContent.trim() === "";
}
