-- Owners and admins choose the packs of their tenant over the API.

grant update (packs) on tenants to {api};
