"""Open311 GeoReport v2: discovery, services, requests, in XML and JSON."""
