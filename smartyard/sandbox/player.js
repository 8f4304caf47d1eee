/* Plays HLS of fMP4 segments in a <video>, by Media Source Extensions: what the sandbox's media
   server gives of a camera now, and of its archive. Its playlists repeat one clip, so segments are
   laid one after another ("sequence"), whatever time they carry. */
"use strict";
class Player {
  constructor(video, say) {
    this.video = video;
    this.say = say;       // tells in words how it goes
    this.round = 0;       // a new one ends what the last was doing
    this.ahead = 20;      // seconds that are fetched before they are played
  }

  stop() {
    this.round += 1;
    this.video.removeAttribute("src");
    this.video.load();
  }

  async play(camera, begin, seconds) {
    this.stop();
    const round = this.round;
    this.say("Жду видеосервер…");
    const name = begin === undefined ? "index" : `index-${begin}-${seconds}`;
    const list = `${camera.url}/${name}.fmp4.m3u8?token=${encodeURIComponent(camera.token)}`;
    try {
      const first = await this.playlist(list);
      const head = await this.bytes(first.map);
      if (round !== this.round) return;   // or it would take the screen from what was chosen since
      const buffer = await this.open(head);
      await this.append(buffer, head);
      await this.follow(round, list, first, buffer);
    } catch (wrong) {
      // fetch says a TypeError, and in English, of a line that was cut or an answer without CORS
      const words = wrong instanceof TypeError ? "Видеосервер не ответил как надо." : wrong.message;
      if (round === this.round) this.say(words);
    }
  }

  /* Lays segment after segment until the list has ended, or another camera is chosen. */
  async follow(round, list, told, buffer) {
    let next = told.first;
    while (round === this.round) {
      for (const segment of told.segments.slice(Math.max(0, next - told.first))) {
        while (round === this.round && this.waiting(buffer) > this.ahead) await this.pause(500);
        if (round !== this.round) return;
        await this.append(buffer, await this.bytes(segment));
        next += 1;
        this.say("");
      }
      if (round !== this.round) return;
      if (told.ended) { this.source.endOfStream(); return; }
      await this.pause(1000);
      told = await this.playlist(list);
      next = Math.max(next, told.first);
    }
  }

  async playlist(url) {
    const text = new TextDecoder().decode(await this.bytes(url));
    const lines = text.split("\n");
    const tag = name => lines.find(line => line.startsWith(name + ":"))?.slice(name.length + 1);
    return {
      map: new URL(/URI="([^"]*)"/.exec(tag("#EXT-X-MAP"))[1], url).href,
      first: Number(tag("#EXT-X-MEDIA-SEQUENCE") ?? 0),
      segments: lines.filter(line => line && !line.startsWith("#")).map(line => new URL(line, url).href),
      ended: lines.includes("#EXT-X-ENDLIST"),
    };
  }

  async bytes(url) {
    const answer = await fetch(url, {cache: "no-store"});
    if (!answer.ok) throw new Error(answer.status === 403 ? "Видеосервер не пустил (403)." : `Видеосервер ответил ${answer.status}.`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  open(head) {
    const kind = `video/mp4; codecs="${this.codecs(head)}"`;
    this.source = new MediaSource();
    this.video.src = URL.createObjectURL(this.source);
    return new Promise(done => this.source.addEventListener("sourceopen", () => {
      const buffer = this.source.addSourceBuffer(kind);
      buffer.mode = "sequence";
      done(buffer);
    }, {once: true}));
  }

  /* By the boxes of the first segment: avcC holds the profile, mp4a says that there is sound. */
  codecs(head) {
    const text = Array.from(head, byte => String.fromCharCode(byte)).join("");
    const at = text.indexOf("avcC");
    const profile = Array.from(head.slice(at + 5, at + 8), byte => byte.toString(16).padStart(2, "0")).join("");
    return `avc1.${profile}` + (text.includes("mp4a") ? ",mp4a.40.2" : "");
  }

  append(buffer, bytes) {
    return new Promise((done, fail) => {
      buffer.addEventListener("updateend", done, {once: true});
      buffer.addEventListener("error", () => fail(new Error("Браузер не понял видео.")), {once: true});
      buffer.appendBuffer(bytes);
    });
  }

  waiting(buffer) {
    const ranges = buffer.buffered;
    return ranges.length ? ranges.end(ranges.length - 1) - this.video.currentTime : 0;
  }

  pause(milliseconds) { return new Promise(done => setTimeout(done, milliseconds)); }
}

/* The part of the page around it: who watches, which camera, now or when. */
const watching = (at, post) => {
  const player = new Player(at("screen"), words => { at("watched").textContent = words; });
  let cameras = [];
  const chosen = () => cameras[Number(at("watch").elements.camera.value)];
  const start = () => {
    const form = at("watch").elements;
    if (!chosen()) return;
    if (form.when.value === "live") player.play(chosen());
    else player.play(chosen(), Math.floor(Date.now() / 1000) - Number(form.ago.value) * 60, 120);
  };
  at("watch").addEventListener("submit", async event => {
    event.preventDefault();
    player.stop();
    at("watched").textContent = "Вхожу…";
    const answer = await post("watch", {phone: at("watch").elements.phone.value});
    cameras = answer.cameras ?? [];
    at("watch").elements.camera.replaceChildren(...cameras.map((camera, number) => new Option(camera.name, number)));
    at("watched").textContent = answer.error ?? (cameras.length ? "" : "Камер нет.");
    start();
  });
  for (const name of ["camera", "when", "ago"]) at("watch").elements[name].addEventListener("change", start);
};
