  var said = document.getElementById("said");

  function say(text) {
    said.textContent = text;
    said.hidden = !text;
  }

  function make(tag, name, text) {
    var one = document.createElement(tag);
    if (name) { one.className = name; }
    if (text) { one.textContent = text; }
    return one;
  }

  function ask(method, body) {
    return fetch("api/" + method, {
      method: "POST",
      headers: { "Authorization": "Bearer " + bearerToken(), "Content-Type": "application/json" },
      body: JSON.stringify(body)
    }).then(function (answer) {
      if (answer.status === 204) { return null; }
      return answer.json().then(function (told) {
        if (!answer.ok) { throw new Error(told.message); }
        return told.data;
      });
    }, function () {
      throw new Error("Нет связи с сервером. Проверьте интернет и попробуйте ещё раз.");
    });
  }

  function icon(outline) {
    var space = "http://www.w3.org/2000/svg";
    var around = make("span", "icon");
    var svg = document.createElementNS(space, "svg");
    var path = document.createElementNS(space, "path");
    around.setAttribute("aria-hidden", "true");
    svg.setAttribute("viewBox", "0 0 24 24");
    path.setAttribute("d", outline);
    svg.appendChild(path);
    around.appendChild(svg);
    return around;
  }

  function loading(work) {
    if (!bearerToken()) {
      say("Откройте эту страницу в приложении.");
      return;
    }
    postLoadingStarted();
    work().then(null, function (failed) { say(failed.message); }).then(function () { postLoadingFinished(); });
  }

