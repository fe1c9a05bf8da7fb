"use strict";
/* The page: tables and figures, and the runs behind a link inside them. */
(() => {
  tables.start();
  figures.start();
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && target.closest("details");
    if (fold && !fold.open) { fold.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(fold => { fold.open = true; }));
  window.neurosim = { drawAll: figures.drawAll, figures: figures.known };
})();
