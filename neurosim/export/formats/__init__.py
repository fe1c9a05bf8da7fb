"""One file per format: ``export(trained, options) -> parcel.Parcel``."""
