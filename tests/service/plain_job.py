"""A job to create, and a service's answer to it."""

from aimocap_blender.service.contract import NewJob

PLAIN = NewJob("walk.mp4", 1000, 10.0, 1.5, 4.0, ("default",), "Walk")
CREATED = '{"data": {"jobId": "j", "status": "draft", "uploadUrl": "https://s/u", "sourceKey": "k"}}'
