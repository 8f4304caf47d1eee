"""`/api/ext`: what the apps show, and the operator's pages in their menus."""
