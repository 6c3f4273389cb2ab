'use strict';

// The pages work without this script; with it there are keys, and the time that a person really looked is known.

function signIn() {
  // A link may carry the token behind the #, which browsers send to no server.
  const token = document.getElementById('token');
  const match = /^#token=(.+)$/.exec(window.location.hash);
  if (token && match) {
    token.value = decodeURIComponent(match[1]);
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }
}

function keys() {
  const buttons = new Map();
  document.querySelectorAll('[data-key]').forEach(element => buttons.set(element.dataset.key, element));
  document.addEventListener('keydown', event => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select');
    if (typing) {
      if (event.key === 'Escape') {
        event.target.blur();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
      return;
    }
    const element = buttons.get(event.key.toLowerCase());
    if (!element) {
      return;
    }
    event.preventDefault();
    if (element.tagName === 'TEXTAREA') {
      element.focus();
    } else {
      element.click();
    }
  });
}

function judging() {
  const form = document.getElementById('verdict');
  if (!form) {
    return;
  }
  let seen = 0;
  let since = document.hidden ? null : Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && since !== null) {
      seen += Date.now() - since;
      since = null;
    } else if (!document.hidden && since === null) {
      since = Date.now();
    }
  });

  const reason = document.getElementById('reason');
  const sayWhat = document.getElementById('say-what');
  let sent = false;
  let pressed = null;
  form.querySelectorAll('button').forEach(button => button.addEventListener('click', () => {
    pressed = button;
  }));
  document.querySelectorAll('#verdict, #undo').forEach(each => each.addEventListener('submit', event => {
    if (sent) {
      event.preventDefault();
      return;
    }
    if (pressed && pressed.hasAttribute('data-needs-reason') && reason.value.trim() === '') {
      event.preventDefault();
      sayWhat.hidden = false;
      reason.focus();
      return;
    }
    sent = true;
    form.elements.seconds.value = ((seen + (since === null ? 0 : Date.now() - since)) / 1000).toFixed(1);
    form.classList.add('sending');
  }));
  // Back from the next page, as browsers keep this one.
  window.addEventListener('pageshow', event => {
    if (event.persisted) {
      window.location.reload();
    }
  });
}

function instructions() {
  const details = document.querySelector('details.instructions');
  if (!details) {
    return;
  }
  const key = 'instructions ' + window.location.pathname;
  const known = details.textContent;
  // Who has closed them has read them; new ones are open again.
  if (window.localStorage.getItem(key) === known) {
    details.open = false;
  }
  details.addEventListener('toggle', () => {
    if (details.open) {
      window.localStorage.removeItem(key);
    } else {
      window.localStorage.setItem(key, known);
    }
  });
}

signIn();
keys();
judging();
instructions();
