"""What GeoReport sends: a request to file, and how a search is narrowed."""

import marshmallow as ma
from marshmallow import fields, validate


class RequestForm(ma.Schema):
    """What GeoReport sends to file a request; what it does not know is ignored."""

    class Meta:
        """Extra fields are other cities'."""

        unknown = ma.EXCLUDE

    service_code = fields.String(required=True, validate=validate.Length(max=20))
    lat = fields.Float(validate=validate.Range(-90, 90))
    long = fields.Float(validate=validate.Range(-180, 180))
    address_string = fields.String(load_default="", validate=validate.Length(max=300))
    address_id = fields.String(load_default="", validate=validate.Length(max=12))
    email = fields.String(validate=validate.Length(max=200))
    device_id = fields.String(validate=validate.Length(max=200))
    account_id = fields.String(validate=validate.Length(max=100))
    first_name = fields.String(load_default="", validate=validate.Length(max=30))
    last_name = fields.String(load_default="", validate=validate.Length(max=30))
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    description = fields.String(load_default="", validate=validate.Length(max=4000))
    media_url = fields.Url(schemes={"http", "https"}, validate=validate.Length(max=500))


class SearchForm(ma.Schema):
    """How GeoReport narrows a search."""

    class Meta:
        """Extra fields are other cities'."""

        unknown = ma.EXCLUDE

    service_request_id = fields.String(load_default="", validate=validate.Length(max=4000))
    service_code = fields.String(load_default="", validate=validate.Length(max=2000))
    start_date = fields.AwareDateTime(load_default=None)
    end_date = fields.AwareDateTime(load_default=None)
    status = fields.String(load_default="", validate=validate.Length(max=20))
