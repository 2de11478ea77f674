"""Images that something beside the lab makes, offered to everybody in its cloud."""
from pathlib import Path

from .context import Context
from .identity import connect
from .progress import LabError

SOURCE = "lab_source"


def offer(lab: Context, name: str, file: Path) -> str:
    """
    Uploads a raw image unless the newest of that name is of this file already; older ones go, except those of servers.
    @param file of a name that says what is in it: another content has another name
    @returns its id
    """
    if not file.is_file():
        raise LabError(f"there is no file {file}")
    cloud = connect(lab)
    images = cloud.image
    known = sorted(images.images(name=name), key=lambda image: image.created_at, reverse=True)
    if known and known[0].properties.get(SOURCE) == str(file):
        return known[0].id
    # Not by the name alone, which older ones have too.
    image = images.create_image(
        name=name, disk_format="raw", container_format="bare", visibility="public", validate_checksum=False,
        filename=str(file), allow_duplicates=True, **{SOURCE: str(file)},
    )
    used = {server.image.id for server in cloud.compute.servers(all_projects=True) if server.image}
    for old in known:
        if old.id not in used:
            images.delete_image(old)
    return image.id
