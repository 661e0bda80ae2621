"""An image with nothing of its header but its geometry: what may be shown to whoever may see the voxels."""

from typing import Any

import nibabel as nib
import numpy as np


def plain(image: Any) -> Any:
    """An image of the same voxels at the same place, under a header of our own."""
    voxels = np.asanyarray(image.dataobj)
    if voxels.dtype == np.float64:
        voxels = voxels.astype(np.float32)
    if voxels.dtype in (np.int64, np.uint64):
        voxels = voxels.astype(np.int32)
    header = nib.Nifti1Header()
    header.set_data_dtype(voxels.dtype)
    header.set_data_shape(voxels.shape)
    header.set_zooms(image.header.get_zooms()[: voxels.ndim])
    header.set_xyzt_units("mm", "sec")
    bare = nib.Nifti1Image(voxels, image.affine, header)
    code = int(image.header["sform_code"]) if "sform_code" in image.header else 1
    bare.set_sform(image.affine, code=code, update_affine=False)
    bare.set_qform(image.affine, code=code, update_affine=False)
    return bare
