"""Places that a caller names: street, crossing, house, microdistrict, landmark. Pure; see docs/places.md."""
