/* The secret of a link stands after #: it is posted, and taken out of the address. */
"use strict";
(() => {
  const form = document.getElementById("secret-form");
  const token = location.hash.slice(1);
  if (!form || !/^[A-Za-z0-9_-]{20,200}$/.test(token)) return;
  history.replaceState(null, "", location.pathname);
  form.elements.link.value = token;
  document.getElementById("secret-paste").hidden = true;
  document.getElementById("secret-opening").hidden = false;
  form.submit();
})();
