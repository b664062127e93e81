"""How anything is drawn: colours and shapes, kinds of plot, figures, and these as SVG or for a browser."""
