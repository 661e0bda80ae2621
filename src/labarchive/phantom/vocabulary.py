"""The tables an invented archive is drawn from: sites, scanners, protocols, the words technologists type."""

from dataclasses import dataclass
from typing import Literal

ROOT = "1.2.826.0.1.3680043.8.498.77"
"""pydicom's free UID root (Medical Connections); 77 is this generator."""

Dialect = Literal["siemens", "ge", "philips", "uih"]
Layout = Literal["study", "xnat", "flat", "media"]
Plane = Literal["axial", "sagittal"]
Contrast = Literal["t1", "t2", "flair", "dwi", "epi", "ct", "pet"]

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"

MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
CT, PT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.128"
REPORT, PRESENTATION = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.11.1"
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class Scanner:
    """One machine, and how it writes DICOM."""

    manufacturer: str
    model: str
    station: str
    dialect: Dialect
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class Site:
    """One hospital, its machines, and how its exports are laid out."""

    code: str
    institution: str
    layout: Layout
    magnet: Scanner
    ring: Scanner
    """The one that does PET and CT."""

    def scanner(self, modality: str) -> Scanner:
        return self.magnet if modality == "MR" else self.ring


SITES = (
    Site("PUH", "Peachtree University Hospital", "study",
         Scanner("SIEMENS", "Prisma_fit", "MRC35131", "siemens", EXPLICIT),
         Scanner("SIEMENS", "Biograph64_Vision", "PETCT1104", "siemens", EXPLICIT)),
    Site("CMH", "Chattahoochee Memorial Hospital", "xnat",
         Scanner("GE MEDICAL SYSTEMS", "SIGNA Premier", "GEHCGEHC", "ge", IMPLICIT),
         Scanner("GE MEDICAL SYSTEMS", "Discovery MI", "ct99", "ge", IMPLICIT)),
    Site("PII", "Piedmont Imaging Institute", "media",
         Scanner("Philips", "Ingenia Elition X", "PHILIPS-QCV2N5J", "philips", EXPLICIT),
         Scanner("Philips", "Vereos PET/CT", "PII-PET", "philips", EXPLICIT)),
    Site("OPC", "Okefenokee PET Center", "flat",
         Scanner("UIH", "uMR 770", "UIH-STN", "uih", EXPLICIT),
         Scanner("UIH", "uMI 780", "UIH-PET", "uih", EXPLICIT)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sequence:
    """What a scanner is asked to acquire, and how people write its name. Times in ms."""

    kind: str
    modality: Literal["MR", "CT", "PT"]
    contrast: Contrast
    plane: Plane
    volumes: int
    share: float
    """Slices, relative to the profile's."""
    tr: float
    te: float
    ti: float
    flip: float
    physics: tuple[str, str, str]
    """ScanningSequence, SequenceVariant, MRAcquisitionType."""
    image_type: str
    names: tuple[str, ...]


SEQUENCES = {
    sequence.kind: sequence
    for sequence in (
        Sequence("localizer", "MR", "t1", "axial", 1, 0.25, 20, 5, 0, 40, ("GR", "SP", "2D"), r"ORIGINAL\PRIMARY\M\NORM",
                 ("localizer", "3-Plane Loc", "SURVEY", "Scout_32ch", "AAHead_Scout")),
        Sequence("T1w", "MR", "t1", "sagittal", 1, 2, 2300, 2.96, 900, 9, (r"GR\IR", r"SP\MP", "3D"), r"ORIGINAL\PRIMARY\M\NORM",
                 ("t1_mprage_sag_p2_iso", "Sag MPRAGE", "SAG T1 3D BRAVO", "T1W_3D_TFE", "MPRAGE 1mm ", "T1 SAG")),
        Sequence("T2w", "MR", "t2", "axial", 1, 1, 5000, 98, 0, 150, ("SE", r"SK\SP", "2D"), r"ORIGINAL\PRIMARY\M\NORM",
                 ("t2_tse_tra", "AX T2 FSE", "T2W_TSE ", "Ax T2", "t2 axial (Dixon)")),
        Sequence("FLAIR", "MR", "flair", "axial", 1, 1, 9000, 120, 2500, 150, (r"SE\IR", r"SK\SP", "2D"), r"ORIGINAL\PRIMARY\M\NORM",
                 ("t2_flair_tra", "AX FLAIR", "FLAIR_longTR", "Ax T2 FLAIR", "flair")),
        Sequence("dwi", "MR", "dwi", "axial", 3, 0.5, 4000, 80, 0, 90, ("EP", r"SK\SP", "2D"), r"ORIGINAL\PRIMARY\DIFFUSION\NONE",
                 ("ep2d_diff_3scan_trace", "DWI b1000", "AX DWI ASSET", "DWI_SSh", "diffusion")),
        Sequence("bold", "MR", "epi", "axial", 6, 0.4, 2000, 30, 0, 77, ("EP", "SK", "2D"), r"ORIGINAL\PRIMARY\FMRI\NONE",
                 ("ep2d_bold_rest", "fMRI REST", "Resting state", "rs-fMRI_AP", "BOLD (Parkinson protocol)")),
        Sequence("CT", "CT", "ct", "axial", 1, 1, 0, 0, 0, 0, ("", "", ""), r"ORIGINAL\PRIMARY\AXIAL",
                 ("CT HEAD W/O", "Head 5mm STD", "AC_CT_HEAD", "CT Brain")),
        Sequence("PT", "PT", "pet", "axial", 1, 1, 0, 0, 0, 0, ("", "", ""), r"ORIGINAL\PRIMARY",
                 ("PET AC Tau", "PET_Brain_AC", "TAU STATIC", "Brain PET 20min")),
    )
}  # fmt: skip

VISITS = {
    "baseline": ("baseline", "BL", "Baseline", "V01"),
    "m06": ("m06", "6 months", "M6", "V02"),
    "m12": ("m12", "12m", "M12", "V03"),
}

FIRST = ("Amara Beatriz Carmen Deborah Esther Fatima Georgina Hannah Ingrid Joanna Keiko Leticia Abdul Bernard Carlos "
         "Dmitri Edgar Francis Gustavo Hiroshi Ibrahim Jerome Kwame Leonard Nikolai Oscar Pedro Ramesh Tobias Vikram").split()  # fmt: skip
LAST = ("Abernathy Adeyemi Baptiste Castellanos Chowdhury Czarnecki Delacroix Dlamini Eriksson Farrington Gallagher Ghorbani "
        "Gutierrez Hakimi Halvorsen Hashimoto Ibarra Jankowski Khatri Kowalczyk Lindqvist Lombardi Mbeki Montoya Murakami "
        "Nwosu Okonkwo Orlovsky Papadakis Quintero Ramanathan Rasmussen Sakamoto Santangelo Sepulveda Silverstein Takahashi "
        "Thibodeaux Ustinov Valdivia Villanueva Whitfield Wojcik Yamaguchi Zielinski Zuckerman").split()  # fmt: skip
BEYOND_ASCII = (
    ("Müller^Jürgen", ("ISO_IR 100",)),
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", ("", "ISO 2022 IR 87")),
    ("Łukasiewicz^Żaneta", ("ISO_IR 101",)),
    ("Αργυρίου^Νίκος", ("ISO_IR 192",)),
)
"""Names with the character set their hospital writes (PS3.3 C.12.1.1.2)."""
STREETS = "Juniper Magnolia Peachcrest Larkspur Tamarack Hollowbrook Ferncliff Quailridge Stonehaven".split()
PHYSICIANS = "Abramowitz Birnbaum Chakraborty Desrosiers Fitzsimmons Goldfarb Hargreaves Isakov".split()
B_VALUES = (0, 500, 1000)
"""Of the volumes of a dwi series, in s/mm2."""
EPONYMS = (
    "Circle of Willis TOF",
    "Parkinson protocol",
    "Alzheimer disease follow-up",
    "Dixon in-phase",
    "Sylvian fissure",
)
"""Words that look like names and are none: a de-identifier should keep them."""
