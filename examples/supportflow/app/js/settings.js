// Filled in when the site is deployed.
window.settings = {
  environment: "#{Wharf.Environment.Name}",
  version: "#{Wharf.Release.Number}",
  liveChat: "#{Features.LiveChat}" === "true",
};
