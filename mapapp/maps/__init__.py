"""The map: a shell that Folium renders once, filled by our own API."""
