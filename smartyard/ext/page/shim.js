(function () {
  "use strict";
  var android = window.Android;
  var ios = (window.webkit && window.webkit.messageHandlers) || {};

  function provide(name, way) {
    if (typeof window[name] !== "function") { window[name] = way; }
  }

  function telling(name, handler) {
    provide(name, function (timeout) {
      if (android && typeof android[name] === "function") {
        if (timeout === undefined) { android[name](); } else { android[name](timeout); }
      } else if (ios[handler]) {
        ios[handler].postMessage(timeout === undefined ? {} : { timeout: timeout });
      }
    });
  }

  provide("bearerToken", function () {
    return android && typeof android.bearerToken === "function" ? android.bearerToken() : "";
  });
  telling("postLoadingStarted", "loadingStartedHandler");
  telling("postLoadingFinished", "loadingFinishedHandler");
  telling("postRefreshParent", "refreshParentHandler");
}());
