// Photos are made smaller before they are sent, so that a page with one also works on a slow line.
// What can't be made smaller (PDF, a format the browser can't read, no canvas) is sent as it is; the server checks either.

const LONGEST = 2400; // pixels: a bank book stays readable
const QUALITY = 0.85;
const SMALL_ENOUGH = 1_500_000; // bytes

/** A smaller JPEG of a picture, or the file itself where that fails or gains nothing. */
async function smaller(file) {
  if (!file.type.startsWith("image/") || file.size <= SMALL_ENOUGH) return file;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // the browser can't read it: the server will say whether it can
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob || blob.size >= file.size) return file;
  return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
}

/** Replace the chosen files of an input by smaller ones. A form sent in the meantime sends the originals. */
async function shrink(input) {
  const before = [...input.files];
  const after = await Promise.all(before.map(smaller));
  const untouched = input.files.length === before.length && before.every((file, index) => file === input.files[index]);
  if (!untouched || after.every((file, index) => file === before[index])) return;
  const chosen = new DataTransfer();
  after.forEach((file) => chosen.items.add(file));
  input.files = chosen.files;
}

/** Find the inputs: when the page is there, and when another has been put in its place. */
function prepare() {
  document.querySelectorAll("input[type=file][data-shrink]").forEach((input) => {
    input.addEventListener("change", () => shrink(input));
  });
}

prepare();
document.addEventListener("kusei:page", prepare);
